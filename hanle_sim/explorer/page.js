"use strict";
// The page around the functions of DEVICES: nothing here knows any physics, but how a half width and a Lorentzian are read off a curve.
const byId=id=>document.getElementById(id),POINTS=401;
const PREFIXES=[["a",-18],["f",-15],["p",-12],["n",-9],["µ",-6],["m",-3],["",0],["k",3],["M",6],["G",9]];
const WITH_PREFIX=["s","T","K","V","A","m","ohm","V/K","ohm m","K/W"];
const pretty=unit=>unit.replace("ohm","Ω").replaceAll("^2","²").replaceAll("^3","³").replace(/(^| )m²(?!\/s)/,"$1µm²");
// Areas, and resistances times areas, are written in µm².
const factorOf=unit=>/^m\^2$|ohm m\^2|K m\^2/.test(unit)?1e12:1;
function text(value,unit,digits=4){
  if(!isFinite(value))return "none";
  if(value===0)return `0 ${pretty(unit)}`.trim();
  if(WITH_PREFIX.includes(unit)){
    const [letter,power]=PREFIXES.findLast(([,p])=>abs(value)>=10**p*0.9995)??PREFIXES[0];
    return `${trimmed(value/10**power,digits)}\u202f${letter}${pretty(unit)}`;
  }
  return `${trimmed(value*factorOf(unit),digits)}\u202f${pretty(unit)}`.trim();
}
function trimmed(value,digits){
  const size=abs(value);
  if(size>=1e6||size<1e-3)return value.toExponential(digits-1).replace(/\.?0+e/,"e").replace("e+","e").replace(/^-/,"−");
  return signed(String(+value.toPrecision(digits)));
}
const signed=number=>number.replace(/^-(?=.*[1-9])/,"−").replace(/^-/,"");
// A number as a person writes it, with or without prefix and unit; NaN for anything else.
function read(written,unit){
  const found=/^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(.*?)\s*$/i.exec(written.replace(",",".").replace(/[\u2212–]/,"-"));
  if(!found)return NaN;
  const number=+found[1],given=found[2].replace(/\s/g,"").replace("Ohm","ohm").replace("ohm","Ω").replace("^2","²").replace(/^u/,"µ").replace("um","µm");
  const own=pretty(unit).replace(/\s/g,"");
  if(given===own)return number/factorOf(unit);
  if(given==="")return WITH_PREFIX.includes(unit)?NaN:number/factorOf(unit);
  if(WITH_PREFIX.includes(unit))for(const [letter,power] of PREFIXES)if(given===letter+own)return number*10**power;
  return NaN;
}
const LETTERS={tau:"τ",alpha:"α",kappa:"κ",eta:"η",rho:"ρ",lambda:"λ",Delta:"Δ",theta:"θ",sigma:"σ"};
// P_G as P with an index, and letters of the Greek alphabet as such.
function symbol(name){
  if(!name.includes(".")&&/^[a-z]{4,}/.test(name)&&!(name.split("_")[0] in LETTERS))return name.replaceAll("_"," ");
  const [last,...home]=name.split(".").reverse(),parts=last.split("_").map(x=>LETTERS[x]??x);
  const base=parts[0]==="Δ"?"Δ"+parts.splice(0,2)[1]:parts.shift();
  return `${base}${parts.length?`<sub>${parts.join(" ")}</sub>`:""}${home.length?` of ${home.reverse().join(" ").replace(/s (\d)/," $1")}`:""}`;
}
let device=null,p=[],frozen=null,measured=null,scheduled=false,program=null,top0=NaN,shownAt=0;
const source=()=>Bokeh.documents[0].get_model_by_name("curves");
const model=name=>Bokeh.documents[0].get_model_by_name(name);
const valueAt=(s,x)=>s.log?s.low*pow(s.high/s.low,x):s.low+(s.high-s.low)*x;
const placeOf=(s,v)=>s.log?log(v/s.low)/log(s.high/s.low):(v-s.low)/(s.high-s.low);
// The smallest |B| at which half of the fall from B = 0 to complete dephasing is left.
function halfWidth(at,top,limit,narrowest){
  const fall=top-limit;
  if(!(abs(fall)>1e-12*abs(top)))return NaN;
  const left=B=>min((at(B)[0]-limit)/fall,(at(-B)[0]-limit)/fall)-0.5;
  let low=0,high=NaN;
  for(let k=-24;k<=100;k++){const B=narrowest*pow(10,k/8);if(!(left(B)>0)){high=B;break}low=B}
  if(!isFinite(high))return NaN;
  for(let k=0;k<200&&high-low>1e-14*high;k++){const middle=low>0?sqrt(low*high):high/2;if(left(middle)>0)low=middle;else high=middle}
  return (low+high)/2;
}
// Relaxation time of the Lorentzian A/(1 + (B/w)²) + C nearest to a curve.
function fitted(B,V){
  const left=w=>{
    let s=0,sx=0,sxx=0,sy=0,sxy=0,syy=0;
    for(let k=0;k<B.length;k++){const x=1/(1+(B[k]/w)**2),y=V[k];s++;sx+=x;sxx+=x*x;sy+=y;sxy+=x*y;syy+=y*y}
    const vx=sxx-sx*sx/s,vy=syy-sy*sy/s,c=sxy-sx*sy/s;
    return vx>0?vy-c*c/vx:vy;
  };
  const widest=max(...B.map(abs))*10,steps=80;
  let best=0,least=Infinity;
  for(let k=0;k<=steps;k++){const r=left(widest*pow(10,-4*k/steps));if(r<least){least=r;best=k}}
  let a=best-1,b=best+1;const g=(sqrt(5)-1)/2;
  for(let k=0;k<60;k++){const c=b-g*(b-a),d=a+g*(b-a);if(left(widest*pow(10,-4*c/steps))<left(widest*pow(10,-4*d/steps)))b=d;else a=c}
  return widest*pow(10,-2*(a+b)/steps);
}
const fields=()=>Float64Array.from({length:POINTS},(_,k)=>device.range*(2*k/(POINTS-1)-1));
function compute(){
  const started=performance.now(),o=device.main(p),B=fields(),n=POINTS,columns=[0,1,2].map(()=>new Float64Array(n));
  for(let k=0;k<n;k++){const v=o.at(B[k]);for(let j=0;j<3;j++)columns[j][k]=v[j]}
  const two=new Float64Array(n).fill(NaN),slope=new Float64Array(n).fill(NaN);
  if(device.lorentzians){const l=device.lorentzians(p);for(let k=0;k<n;k++){const v=l.at(B[k]);two[k]=v[0]+v[1]}}
  const by=device.sliders.findIndex(s=>s.path===byId("by").value);
  if(by>=0){const u=p.map((v,k)=>k===by?(v||1):0),d=device.slope(p,u);for(let k=0;k<n;k++)slope[k]=d.at(B[k])[0]}
  return {o,B,columns,two,slope,ms:performance.now()-started};
}
function draw(){
  scheduled=false;
  const {o,B,columns,two,slope}=program=compute(),[V,spin,heat]=columns;
  const size=max(...V.map(abs),...(frozen?[frozen.size]:[]))||1,power=PREFIXES.findLast(([,q])=>size>=10**q)??PREFIXES[0],unit=10**power[1];
  const per=x=>Float64Array.from(x,v=>v/unit),milli=Float64Array.from(B,b=>b*1e3);
  const old=frozen?per(frozen.at(B)):new Float64Array(POINTS).fill(NaN);
  source().data={B:milli,V:per(V),spin:per(spin),heat:per(heat),two:per(two),old,slope};
  const width=halfWidth(B=>o.at(B),o.top[0],o.limit[0],o.narrowest[0]);
  const half=(o.top[0]+o.limit[0])/2/unit;
  const shown={old:frozen,point:measured,two:device.lorentzians,heat:heat.some(v=>v!==0)};
  for(const item of byId("legend").children)item.hidden=item.dataset.of in shown&&!shown[item.dataset.of];
  model("half").data=isFinite(width)&&width<device.range?{B:[-width*1e3,width*1e3],V:[half,half]}:{B:[],V:[]};
  model("voltage").axis_label=`ΔV (${power[0]}V)`;
  model("slopes").visible=byId("by").value!=="";
  const about=byId("by").value.split(".").at(-1),steepest=max(...slope.map(abs)),rate=PREFIXES.findLast(([,q])=>steepest>=10**q)??PREFIXES[0];
  source().data.slope=Float64Array.from(slope,v=>v/10**rate[1]);source().change.emit();
  model("rate").axis_label=`∂ΔV/∂ ln ${about.split("_").map(x=>LETTERS[x]??x).join("_")} (${rate[0]}V)`;
  top0=o.top[0];
  overlay(unit,B,V);
  read_off(o,width,B,V,two);
  at_field();
  history.replaceState(null,"","#"+new URLSearchParams({device:device.name,range:device.range,...Object.fromEntries(device.sliders.map((s,k)=>[s.path,p[k]]))}));
  document.body.dataset.ms=(program.ms).toFixed(2);
}
function overlay(unit,B,V){
  const points=model("points");
  if(!measured){points.data={B:[],V:[]};return}
  // y = a ΔV + c by least squares: a free scale and an offset.
  const o=device.main(p);let s=0,sx=0,sxx=0,sy=0,sxy=0;
  for(let k=0;k<measured.B.length;k++){const x=o.at(measured.B[k])[0],y=measured.y[k];s++;sx+=x;sxx+=x*x;sy+=y;sxy+=x*y}
  const v=sxx-sx*sx/s,a=v>0?(sxy-sx*sy/s)/v:0,c=(sy-a*sx)/s;
  points.data=a?{B:measured.B.map(b=>b*1e3),V:measured.y.map(y=>(y-c)/a/unit)}:{B:[],V:[]};
  let r=0,all=0;
  for(let k=0;k<measured.B.length;k++){r+=(measured.y[k]-a*o.at(measured.B[k])[0]-c)**2;all+=(measured.y[k]-sy/s)**2}
  byId("measured").textContent=`${measured.name}: ${measured.B.length} points, drawn with a free scale and offset. ${all?(100*(1-r/all)).toFixed(1):0} % of their variation is in this curve.`;
}
function row(head,cell){const tr=document.createElement("tr"),th=document.createElement("th"),td=document.createElement("td");th.scope="row";th.innerHTML=head;td.textContent=cell;tr.append(th,td);return tr}
function read_off(o,width,B,V,two){
  const tau=o.tauS[0],per=o.tauPerTesla[0],body=byId("readings").tBodies[0],away=t=>`${text(t,"s")} (${t>=tau?"+":"−"}${abs((t/tau-1)*100).toFixed(1)}\u202f%)`;
  const rows=[row("signal at B = 0",text(o.top[0],"V")),row("half width",text(width,"T")),row("τ<sub>s</sub> of this device",text(tau,"s")),
    row("τ from the half width",isFinite(width)?away(per/width):"none")];
  const w=fitted(B,V);rows.push(row("τ of the nearest Lorentzian",isFinite(w)?away(per/w):"none"));
  if(device.lorentzians){let worst=0;for(let k=0;k<B.length;k++)worst=max(worst,abs(two[k]-V[k]));rows.push(row("two Lorentzians are off by",`${(100*worst/(abs(o.top[0])||1)).toFixed(1)}\u202f% of the peak`))}
  const v=o.at(0);rows.push(row("part of spin heat at B = 0",`${signed((100*v[2]/(o.top[0]||1)).toFixed(2))}\u202f%`));
  body.replaceChildren(...rows);
}
// Both accumulations seen along the field: along the magnetisation to the right, across it up.
function at_field(){
  const B=device.range*(2*byId("field").value-1);shownAt=B;
  byId("fieldText").textContent=text(B,"T",3)+(program?`: ΔV = ${text(program.o.at(B)[0],"V",3)}`:"");
  model("cursor").location=B*1e3;
  const none=program.o.at(0),now=program.o.at(B),svg=[`<circle r="100" fill="none" stroke="var(--line)"/><line x1="-110" x2="110" stroke="var(--line)"/><line y1="-110" y2="110" stroke="var(--line)"/><text x="104" y="-6" text-anchor="end">m</text>`];
  const b=device.direction,m=device.magnetisation;
  const c=[b[1]*m[2]-b[2]*m[1],b[2]*m[0]-b[0]*m[2],b[0]*m[1]-b[1]*m[0]],dot=(x,y)=>x[0]*y[0]+x[1]*y[1]+x[2]*y[2],size=x=>sqrt(dot(x,x));
  const along=dot(b,m),e=m.map((x,k)=>x-along*b[k]),l=size(e)||1;
  for(const [start,colour,dash] of [[3,"spin",""],[6,"heat","6 4"]]){
    const before=none.slice(start,start+3),v=now.slice(start,start+3),scale=size(before);
    if(!(scale>0))continue;
    const sign=dot(before,m)<0?-1:1,x=100*sign*dot(v,e)/l/scale,y=100*sign*dot(v,c)/(size(c)||1)/scale,length=hypot(x,y)||1,u=[x/length,y/length];
    svg.push(`<g class="${colour}" stroke="currentColor" fill="currentColor" stroke-width="4"><line x2="${x}" y2="${-y}" stroke-dasharray="${dash}"/><path stroke="none" d="M${x+u[0]*7},${-y-u[1]*7}L${x-u[1]*6-u[0]*6},${-y-u[0]*6+u[1]*6}L${x+u[1]*6-u[0]*6},${-y+u[0]*6+u[1]*6}Z"/></g>`);
  }
  byId("arrows").innerHTML=svg.join("");
}
const soon=()=>{if(!scheduled){scheduled=true;requestAnimationFrame(draw)}};
const allows=wanted=>{const o=device.main(wanted);return o.margin[0]>=0&&isFinite(o.top[0])};
// How far a slider comes on its way to a place that is not allowed.
function edge(k,wanted){
  const s=device.sliders[k];let from=min(max(placeOf(s,p[k]),0),1),to=wanted;
  for(let n=0;n<40;n++){const middle=(from+to)/2;if(allows(p.with(k,valueAt(s,middle))))from=middle;else to=middle}
  return valueAt(s,from);
}
// A value that the second law, or the numbers themselves, forbid is not taken.
function take(k,value){
  const s=device.sliders[k],wanted=p.with(k,value),o=device.main(wanted);
  if(!(o.margin[0]>=0)){byId("refused").textContent=`${s.name} = ${text(value,s.unit)} breaks the second law: heat would flow from cold to warm by itself. Make |S| or |P_L| smaller first.`;show(k);return false}
  if(!isFinite(o.top[0])){byId("refused").textContent=`${s.name} = ${text(value,s.unit)}: there is no such device.`;show(k);return false}
  byId("refused").textContent="";p=wanted;show(k);soon();return true;
}
function show(k){
  const s=device.sliders[k],range=byId(`r${k}`),box=byId(`t${k}`);
  range.value=min(max(placeOf(s,p[k]),0),1);range.setAttribute("aria-valuetext",text(p[k],s.unit));box.value=text(p[k],s.unit).replace("\u202f"," ");
}
function sliders(){
  const all=device.sliders.map((s,k)=>{
    const div=document.createElement("div");div.className="slider";
    div.innerHTML=`<label for="r${k}"><b></b> <span></span></label><input type="range" id="r${k}" min="0" max="1" step="0.0025"><input type="text" id="t${k}">`;
    div.querySelector("b").innerHTML=symbol(s.name);div.querySelector("span").textContent=s.meaning;
    const range=div.querySelector("[type=range]"),box=div.querySelector("[type=text]");
    box.setAttribute("aria-label",`${s.name}, a number with its unit`);
    range.addEventListener("input",()=>{const place=+range.value,value=valueAt(s,place);if(!take(k,value)){p=p.with(k,edge(k,place));show(k);soon()}});
    box.addEventListener("change",()=>{const v=read(box.value,s.unit);if(isNaN(v)||(s.log&&v<=0)){byId("refused").textContent=`${s.name}: “${box.value}” is not a number with a unit of ${pretty(s.unit)||"none"}.`;show(k)}else take(k,v)});
    return div;
  });
  byId("sliders").replaceChildren(...all);
  device.sliders.forEach((_,k)=>show(k));
  byId("by").replaceChildren(new Option("none",""),...device.sliders.map(s=>new Option(s.name,s.path)));
}
function choose(name,state={}){
  device=DEVICES.find(d=>d.name===name)??DEVICES[0];
  byId("device").value=device.name;byId("about").textContent=device.about;
  device.range=+state.range>0?+state.range:device.span;
  p=device.sliders.map(s=>s.path in state&&isFinite(+state[s.path])?+state[s.path]:s.value);
  const o=device.main(p);
  if(!(o.margin[0]>=0)||!isFinite(o.top[0]))p=device.sliders.map(s=>s.value);
  byId("range").value=text(device.range,"T").replace("\u202f"," ");byId("refused").textContent="";
  sliders();soon();
}
function download(name,type,content){const a=document.createElement("a");a.href=URL.createObjectURL(new Blob([content],{type}));a.download=name;a.click();setTimeout(()=>URL.revokeObjectURL(a.href),1000)}
// The configuration as written, with what the sliders say in SI.
function tables(){
  const all=structuredClone(device.tables);
  device.sliders.forEach((s,k)=>{
    if(p[k]===s.value)return;
    const parts=s.path.split("."),key=parts.pop();let at=all;
    for(const part of parts)at=Array.isArray(at)?at[part-1]:(at[part]??={});
    at[key]=s.unit?`${p[k]} ${s.unit}`:p[k];
  });
  all.field={...all.field,start:`${-device.range} T`,stop:`${device.range} T`,points:POINTS};delete all.field.values;
  return all;
}
function toml(table,path=[]){
  const plain=v=>Array.isArray(v)?`[${v.map(plain).join(", ")}]`:typeof v==="string"?JSON.stringify(v):typeof v==="number"?(Number.isInteger(v)&&abs(v)<1e15?String(v):String(v).replace(/e\+?/,"e")):String(v);
  const isTable=v=>v!==null&&typeof v==="object"&&!Array.isArray(v),isList=v=>Array.isArray(v)&&v.length&&isTable(v[0]);
  const entries=Object.entries(table),lines=entries.filter(([,v])=>!isTable(v)&&!isList(v)).map(([k,v])=>`${k} = ${plain(v)}`);
  for(const [k,v] of entries){
    if(isTable(v))lines.push("",`[${[...path,k].join(".")}]`,toml(v,[...path,k]));
    if(isList(v))for(const one of v)lines.push("",`[[${[...path,k].join(".")}]]`,toml(one,[...path,k]));
  }
  return lines.join("\n");
}
const SAVERS={
  toml:()=>download(`${device.name}.toml`,"text/plain",toml(tables())+"\n"),
  py:()=>download(`${device.name}.py`,"text/plain",`import json\n\nimport hanle_sim\n\nconfiguration = json.loads(r"""${JSON.stringify(tables(),null,1)}""")\nresult = hanle_sim.simulate(configuration)\nprint(result.Delta_V_Hanle)\n`),
  csv(){
    const {B,columns:[V,spin,heat],two,slope}=program,by=byId("by").value,head=["B_T","Delta_V_Hanle_V","Delta_V_spin_V","Delta_V_heat_V","two_lorentzians_V",...(by?[`${by}_times_derivative_V`]:[])];
    download(`${device.name}.csv`,"text/csv",[head.join(","),...Array.from(B,(b,k)=>[b,V[k],spin[k],heat[k],two[k],...(by?[slope[k]]:[])].join(","))].join("\n")+"\n");
  },
  async svg(){const view=Bokeh.index.find_one(model("figure"));download(`${device.name}.svg`,"image/svg+xml",await view.export("svg",false).to_blob())},
};
function measure(name,content){
  const rows=content.replace(/\uFEFF/g,"").split(/\r?\n/).map(line=>(/[;\t]/.test(line)?line.replace(/,/g,".").split(/[;\t]+/):line.split(/[,\s]+/)).filter(x=>x!=="").map(Number)).filter(r=>r.length>1&&isFinite(r[0])&&isFinite(r[1]));
  if(rows.length<5){byId("measured").textContent=`${name}: no table of numbers: a line for each point, with its field and its signal. Nothing was changed.`;return}
  const unit=+byId("unit").value;
  measured={name,rows,B:rows.map(r=>r[0]*unit),y:rows.map(r=>r[1])};
  soon();
}
function colours(){
  const css=getComputedStyle(document.documentElement),of=name=>css.getPropertyValue(name).trim();
  for(const f of [model("figure"),model("slopes")]){
    f.background_fill_color=f.border_fill_color=of("--paper");f.outline_line_color=of("--line");
    for(const axis of [...f.left,...f.below]){axis.axis_label_text_color=axis.major_label_text_color=of("--ink");axis.axis_line_color=axis.major_tick_line_color=axis.minor_tick_line_color=of("--line")}
    for(const grid of f.center.filter(x=>x.type==="Grid"))grid.grid_line_color=of("--panel");
  }
  for(const [name,colour] of [["exact","--ink"],["spin","--spin"],["heat","--heat"],["two","--faint"],["old","--ink"],["slope","--ink"],["point","--ink"],["halves","--ink"]]){
    const glyph=model(name).glyph;glyph.line_color=of(colour);if(glyph.fill_color!==undefined)glyph.fill_color=null;
  }
  model("cursor").line_color=of("--faint");
}
(async()=>{
  Bokeh.logger.set_level("off");
  await Bokeh.embed.embed_item(JSON.parse(byId("figure").textContent),"plot");
  byId("device").replaceChildren(...DEVICES.map(d=>new Option(d.title,d.name)));
  colours();matchMedia("(prefers-color-scheme: dark)").addEventListener("change",colours);
  const state=Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  choose(state.device,state);
  byId("device").addEventListener("change",()=>choose(byId("device").value));
  byId("reset").addEventListener("click",()=>choose(device.name));
  byId("by").addEventListener("change",soon);
  byId("field").addEventListener("input",at_field);
  byId("range").addEventListener("change",()=>{const v=read(byId("range").value,"T");if(v>0)device.range=v;byId("range").value=text(device.range,"T").replace("\u202f"," ");soon()});
  byId("plot").addEventListener("mousemove",event=>{
    const view=Bokeh.index.find_one(model("figure")),box=view?.el.getBoundingClientRect();
    if(!box)return;
    const B=view.frame.x_scale.invert(event.clientX-box.left)/1e3;
    if(abs(B)<=device.range){byId("field").value=(B/device.range+1)/2;at_field()}
  });
  byId("freeze").addEventListener("click",()=>{
    if(frozen){frozen=null;byId("freeze").textContent="Keep this curve beside"}
    else{const o=device.main([...p]);frozen={at:B=>Float64Array.from(B,b=>o.at(b)[0]),size:abs(o.top[0])};byId("freeze").textContent="Let go of the kept curve"}
    soon();
  });
  const load=async file=>measure(file.name,await file.text());
  byId("file").addEventListener("change",()=>byId("file").files[0]&&load(byId("file").files[0]));
  byId("unit").addEventListener("change",()=>{if(measured){measured.B=measured.rows.map(r=>r[0]*byId("unit").value);soon()}});
  document.addEventListener("dragover",event=>event.preventDefault());
  document.addEventListener("drop",event=>{event.preventDefault();if(event.dataTransfer.files[0])load(event.dataTransfer.files[0])});
  document.querySelectorAll("[data-as]").forEach(button=>button.addEventListener("click",()=>SAVERS[button.dataset.as]()));
  document.body.dataset.ready="yes";
})();
